"""A graph as a person sees it: boxes and blocks, captions, the picture, and tables of numbers."""
