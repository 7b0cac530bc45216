"""The pages: views over the apps' services and selectors, templates, styles and scripts."""
