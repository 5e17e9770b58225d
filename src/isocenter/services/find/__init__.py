"""Finding what is in force: the one question that C-FIND, QIDO-RS, the web list and the command line ask."""

from isocenter.services.find.service import Find

__all__ = ["Find"]
