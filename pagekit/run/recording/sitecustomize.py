"""Python imports this when it starts, if its folder is on the path."""

from pagekit.run.reads.listening import listen_where_told

listen_where_told()
