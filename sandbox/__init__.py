"""A Magento shop and a QuickBooks company to run against: real HTTP, real state, real refusals."""
