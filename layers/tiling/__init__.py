"""Vector tiles: shapes cut to the squares of Web Mercator and written as Mapbox Vector Tiles.

Pure: arrays in, bytes out, no Django and no database.
"""
