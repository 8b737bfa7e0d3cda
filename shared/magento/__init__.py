"""Magento 2: its documents, its REST interface, its signatures, and what an order means."""
