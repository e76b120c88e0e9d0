"""What stands in header fields: words, addresses, parameters, identifiers, dates."""
