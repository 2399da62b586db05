{query: {marketplaceId: .settings.marketplace_id}}
