"""A Magento shop as a real HTTP server with its state in memory: REST, webhooks out, a shop engine that prices carts.

Start it alone with `python -m sandbox.magento --port 8091`, or in a test with `build_app(Config())`.
"""
