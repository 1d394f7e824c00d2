"""Every statement of the course as an executable claim: `claims/<chapter>/<statement>.py`."""
