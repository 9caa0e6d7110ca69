/// What the argument is called that names the provider config.
public enum ProviderConfigFlag: String, Sendable, Hashable {
    case current = "encryption-provider-config"
    /// The only one up to 1.12; understood up to 1.23.
    case experimental = "experimental-encryption-provider-config"
}
