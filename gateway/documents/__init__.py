"""What describes the platform: the merged OpenAPI, the docs UI, catalogues and the merged feed."""
