"""The commands, one file each, named as they are typed where that is a Python name."""

__all__: list[str] = []
