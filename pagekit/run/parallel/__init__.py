"""Items of pytest and commands, each in a process: as many at a time as there are cores."""
