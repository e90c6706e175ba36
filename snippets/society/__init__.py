"""What models cost, whom they harm, and what they give away: measured where it can be."""
