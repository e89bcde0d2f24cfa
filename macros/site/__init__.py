"""Recordings -> two sites: what stands under each fence, the hook of MkDocs, the theme."""
