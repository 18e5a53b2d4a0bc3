"""The rules of every world written a second time, in plain Python from its docstring, a file a world."""
