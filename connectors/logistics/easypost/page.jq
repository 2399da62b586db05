{query: {page_size: 100, purchased: true}}
