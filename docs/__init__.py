"""文档: the pages in this folder that are tables of the code are written from it, by `make docs`."""
