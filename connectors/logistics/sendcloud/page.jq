{query: {page_size: 100}}
