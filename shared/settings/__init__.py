"""What a merchant can choose: one TOML document per connection (a shop and the company its sales go to)."""
