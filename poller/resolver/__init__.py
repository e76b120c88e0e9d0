"""The DNS: one caching resolver for SPF, DKIM, DMARC and ARC, and what one message may ask of it."""
