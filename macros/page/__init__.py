"""What a page asks for: Markdown -> Page. Knows nobody; the only reader of fences, on Sybil's Document and lexers."""
