{query: {locale: .settings.locale, refNumType: "SmallPackage", shipperNum: .settings.account}}
