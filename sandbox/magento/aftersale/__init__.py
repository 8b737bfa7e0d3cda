"""Money and quantities after a sale, as Magento's Sales and Weee modules compute them. Pure.

An `Order` holds what was sold, what was done with it so far and the shop's rules; a `Draft` is a document in the
making, which the collectors of `invoicing` and `crediting` fill; `counters` adds a document to its order.
"""
