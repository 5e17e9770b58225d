"""The web door: DICOMweb, a status page, a health check."""

from isocenter.interfaces.web.app import web_app
from isocenter.interfaces.web.qido import QidoDoor
from isocenter.interfaces.web.server import WebServer
from isocenter.interfaces.web.status_page import Status
from isocenter.interfaces.web.wado import WadoDoor

__all__ = ["QidoDoor", "Status", "WadoDoor", "WebServer", "web_app"]
