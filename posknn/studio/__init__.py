"""The local web page: a session that knows no HTTP, an app that knows nothing else, and the page itself."""
