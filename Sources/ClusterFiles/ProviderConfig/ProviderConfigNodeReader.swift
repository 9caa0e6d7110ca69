internal import Basics
internal import Crypto
internal import EncryptionModel
internal import YAML

/// Reads a provider config from a YAML tree, as strictly as kube-apiserver 1.31 and later do:
/// names exactly as they are, strings really strings, nothing unknown.
///
/// Messages quote nothing of what stands in the config that may be a key in the wrong place.
struct ProviderConfigNodeReader {
    /// Whether apiVersion and kind must be there. RKE puts them before a custom config.
    enum Header { case required, optional }

    /// Whether names are checked, too: not where a server runs with the config already, since old
    /// ones take anything.
    enum Names { case checked, asTheyAre }

    let file: String
    let problems: DiagnosticCollector
    let header: Header
    let names: Names
    private var places: ConfigPlaces
    private var named: [[ResourceNameCheck.Name]] = []
    private var keys: [LocalKey: Fault.Place] = [:]
    private var plugins: [(plugin: KMSPlugin, place: Fault.Place)] = []

    init(file: String, problems: DiagnosticCollector, header: Header, names: Names) {
        self.file = file
        self.problems = problems
        self.header = header
        self.names = names
        places = ConfigPlaces(whole: Fault.Place(file: file))
    }

    mutating func read(_ root: YAMLNode) -> WrittenConfig {
        places = ConfigPlaces(whole: place(root))
        let config = config(root)
        if names == .checked {
            ResourceNameCheck(problems: problems).run(named)
            KeyNameCheck(problems: problems).run(keys)
            PluginNameCheck(problems: problems).run(plugins)
        }
        return WrittenConfig(config: config, places: places)
    }

    private mutating func config(_ root: YAMLNode) -> ProviderConfig {
        guard
            let top = FieldReader(
                root, called: "the provider config", file: file, problems: problems)
        else {
            if root.isNull { problems.add("the provider config is empty", at: place(root)) }
            return ProviderConfig(rules: [])
        }
        top.checkNames(used: ["apiVersion", "kind", "resources"], unknown: .refused)
        checkHeader(top)
        let entries = top.elements("resources", of: "entries with resources and providers")
        if isEmptyList("resources", of: top) {
            problems.add("the provider config has no resources", at: top.place(of: "resources"))
        }
        return ProviderConfig(rules: entries.compactMap { rule($0) })
    }

    private func checkHeader(_ top: FieldReader) {
        let version = top.string("apiVersion")
        let kind = top.string("kind")
        if version == nil, kind == nil, header == .optional { return }
        switch (version, kind) {
        case ("apiserver.config.k8s.io/v1", "EncryptionConfiguration"), ("v1", "EncryptionConfig"):
            return
        default:
            problems.add(
                "this isn't an EncryptionConfiguration of a known version",
                hint: "It begins with «apiVersion: apiserver.config.k8s.io/v1» and "
                    + "«kind: EncryptionConfiguration».",
                at: version == nil ? top.place : top.place(of: "apiVersion"))
        }
    }

    private mutating func rule(_ node: YAMLNode) -> ProviderConfig.Rule? {
        guard let entry = section(node, called: "an entry of resources") else { return nil }
        entry.checkNames(used: ["resources", "providers"], unknown: .refused)
        let names = entry.elements("resources", of: "resource names")
        let resources = names.compactMap { node in
            name(of: node, what: "a resource").map {
                ResourceNameCheck.Name(text: $0, place: place(node))
            }
        }
        named.append(resources)
        for resource in resources {
            note(resource.place, of: ResourcePattern(resource.text), in: \.patterns)
        }
        if isEmptyList("resources", of: entry) {
            problems.add("the entry names no resources", at: entry.place(of: "resources"))
        }
        let providers = entry.elements("providers", of: "providers")
        if isEmptyList("providers", of: entry) {
            problems.add("the entry has no providers", at: entry.place(of: "providers"))
        }
        return ProviderConfig.Rule(
            resources: resources.map { ResourcePattern($0.text) },
            chain: Chain(providers.flatMap { provider($0) }))
    }

    /// The first place counts.
    private mutating func note<Part>(
        _ place: Fault.Place, of part: Part,
        in map: WritableKeyPath<ConfigPlaces, [Part: Fault.Place]>
    ) {
        if places[keyPath: map][part] == nil { places[keyPath: map][part] = place }
    }

    // MARK: Providers

    private mutating func provider(_ node: YAMLNode) -> [ProviderEntry] {
        let entries = entries(node)
        for entry in entries where entry.localKey == nil {
            note(place(node), of: entry, in: \.entries)
            if case .kms(let plugin) = entry { plugins.append((plugin, place(node))) }
        }
        return entries
    }

    private mutating func entries(_ node: YAMLNode) -> [ProviderEntry] {
        guard let element = section(node, called: "a provider") else { return [] }
        let names = LocalProvider.allCases.map(\.rawValue) + ["kms", "identity"]
        element.checkNames(used: names, unknown: .refused)
        let present = element.mapping.entries.filter { names.contains($0.key) }
        guard let only = present.first, element.mapping.entries.count == 1 else {
            if present.count > 1 {
                problems.add(
                    "one element of providers has \(present.count) of them",
                    hint: "Begin each with a «-» of its own.", at: element.place)
            } else if element.mapping.entries.isEmpty {
                problems.add("an element of providers names none", at: element.place)
            }
            return []
        }
        guard only.value.mapping != nil else {
            problems.add(
                "\(only.key) must be a mapping, not \(only.value.kind)",
                hint: only.key == "identity" ? "Write «identity: {}»." : nil,
                at: only.value.isNull ? place(only.keyNode) : place(only.value))
            return []
        }
        guard let body = section(only.value, called: only.key) else { return [] }
        switch LocalProvider(rawValue: only.key) {
        case let local?: return keys(body, of: local).map(ProviderEntry.key)
        case nil where only.key == "kms":
            return KMSReader(body: body).read().map { [.kms($0)] } ?? []
        case nil:
            body.checkNames(used: [], unknown: .refused)
            return [.identity]
        }
    }

    private mutating func keys(_ body: FieldReader, of provider: LocalProvider) -> [LocalKey] {
        body.checkNames(used: ["keys"], unknown: .refused)
        let elements = body.elements("keys", of: "keys")
        if isEmptyList("keys", of: body) {
            problems.add("\(provider.rawValue) has no keys", at: body.place(of: "keys"))
        }
        return elements.compactMap { node in
            guard let key = key(node, of: provider) else { return nil }
            note(place(node), of: .key(key), in: \.entries)
            keys[key] = keys[key] ?? place(node)
            return key
        }
    }

    private func key(_ node: YAMLNode, of provider: LocalProvider) -> LocalKey? {
        guard let fields = section(node, called: "a key") else { return nil }
        fields.checkNames(used: ["name", "secret"], unknown: .refused)
        let name = fields.value("name").flatMap { self.name(of: $0, what: "a key's name") }
        if name == nil, fields.value("name") == nil {
            problems.add("a key has no name", at: fields.place)
        }
        guard let node = fields.value("secret") else {
            problems.add("a key has no secret", at: fields.place)
            return nil
        }
        guard let secret = secret(node, of: provider), let name else { return nil }
        return LocalKey(provider: provider, name: name, secret: secret)
    }

    private func secret(_ node: YAMLNode, of provider: LocalProvider) -> SecretBytes? {
        guard let scalar = node.scalar, scalar.resolved == .string else {
            problems.add(
                "a key's secret must be a string, not \(node.kind)", hint: "Put it in quotes.",
                at: place(node))
            return nil
        }
        guard let secret = Base64.decode(scalar.bytes) else {
            problems.add(
                "a key's secret is not standard base64",
                hint: "Make one with «head -c 32 /dev/urandom | base64».", at: place(node))
            return nil
        }
        guard provider.keyLengths.contains(secret.count) else {
            let lengths = provider.keyLengths.map(String.init).joined(separator: ", ")
            problems.add(
                "a key of \(provider.rawValue) has \(secret.count) bytes; it must have \(lengths)",
                hint: "Make one with «head -c 32 /dev/urandom | base64».", at: place(node))
            return nil
        }
        return secret
    }

    // MARK: Helpers

    private func isEmptyList(_ name: String, of fields: FieldReader) -> Bool {
        fields.value(name).map { $0.sequence?.isEmpty == true } ?? true
    }

    private func section(_ node: YAMLNode, called name: String) -> FieldReader? {
        if node.isNull { problems.add("\(name) is empty", at: place(node)) }
        return FieldReader(node, called: name, file: file, problems: problems)
    }

    /// kube-apiserver decodes YAML as JSON: an unquoted `yes` or `12` is no string to it.
    private func name(of node: YAMLNode, what: String) -> String? {
        guard let scalar = node.scalar, scalar.resolved == .string, !scalar.bytes.isEmpty else {
            let isEmpty = node.scalar.map { $0.resolved == .string } ?? false
            problems.add(
                isEmpty ? "\(what) is empty" : "\(what) must be a string, not \(node.kind)",
                hint: node.scalar == nil || isEmpty ? nil : "Put it in quotes.", at: place(node))
            return nil
        }
        return scalar.text
    }

    private func place(_ node: YAMLNode) -> Fault.Place { node.place(in: file) }
}
