"""Models -> pictures and sentences in the language of a page. Pure: nothing here asks an engine."""
