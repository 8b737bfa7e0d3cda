"""The life of an order in the shop: what each action checks, writes and announces, and in which order.

Actions take an order's document and a typed request, raise what REST answers (errors.MagentoError), write through the
shop inside the caller's transaction and answer the document they made.
"""
