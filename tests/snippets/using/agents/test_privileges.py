"""Who may have written a value, and which tools may use it."""

import pytest

from snippets.using.agents.privileges import Tool, Value, derived

USER, BOB, EVE = frozenset({"user"}), frozenset({"Bob"}), frozenset({"Eve"})


def send(to: str, body: str) -> str:
    return f"to {to}: {body}"


SEND = Tool(send, frozenset({"to"}))


def test_what_is_derived_has_the_writers_of_all_it_was_made_of():
    both = derived(lambda a, b: a + b, Value("x", BOB), Value("y", USER))
    assert both == Value("xy", BOB | USER)
    again = derived(str.upper, both)
    assert again == Value("XY", BOB | USER)
    deaf = derived(lambda _: "the same, whatever it reads", Value("z", EVE))
    assert deaf.writers == EVE  # nothing is trusted again because of what it says


def test_a_guarded_argument_needs_trusted_writers_and_another_does_not():
    notes, address = Value("buy milk", BOB), Value("ann@example.org", USER)
    assert SEND(USER, to=address, body=notes) == "to ann@example.org: buy milk"
    with pytest.raises(PermissionError, match="to='buy milk' may be the word of Bob"):
        SEND(USER, to=notes, body=address)
    assert SEND(USER | BOB, to=notes, body=address).startswith("to buy milk")


def test_one_stranger_among_the_writers_is_enough():
    mixed = Value("ann@example.org", USER | EVE)
    with pytest.raises(PermissionError, match="word of Eve"):
        SEND(USER, to=mixed, body=mixed)


def test_a_tool_that_is_refused_has_done_nothing():
    done = []
    tool = Tool(lambda to: str(done.append(to)), frozenset({"to"}))
    with pytest.raises(PermissionError):
        tool(USER, to=Value("x", EVE))
    assert not done


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="'x' was written by nobody"):
        Value("x", frozenset())
    with pytest.raises(ValueError, match="derived from nothing"):
        derived(lambda: "x")
    with pytest.raises(ValueError, match="no to given"):
        SEND(USER, body=Value("x", USER))
