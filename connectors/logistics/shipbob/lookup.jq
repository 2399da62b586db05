{query: {ReferenceIds: .command.reference, Limit: 50}}
