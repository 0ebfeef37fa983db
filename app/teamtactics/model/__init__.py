"""The words every room shares: frozen data without behaviour beyond its own meaning."""
