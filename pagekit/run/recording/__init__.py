"""First on the path of blocks and labs: has every Python that they start record what it reads."""
