internal import Basics
internal import Crypto
internal import YAML

/// One mapping of a kubeconfig, with where it is for messages. As for client-go, an empty text is
/// as good as none.
struct KubeconfigSection {
    private let node: YAMLNode
    private let mapping: YAMLMapping
    private let file: String

    init(_ node: YAMLNode, called name: String, file: String) throws {
        guard let mapping = node.mapping else {
            throw Fault(
                .badInput, "\(name) must be a mapping, not \(node.kind)",
                place: node.place(in: file))
        }
        self.node = node
        self.mapping = mapping
        self.file = file
    }

    // MARK: Where

    func place(of field: String) -> Fault.Place {
        (mapping.entry(field)?.value ?? node).place(in: file)
    }

    func fault(_ field: String, _ message: String, hint: String? = nil) -> Fault {
        Fault(.badInput, message, hint: hint, place: place(of: field))
    }

    /// Relative paths are meant from the kubeconfig's folder.
    func resolved(_ path: String) -> String {
        guard !path.hasPrefix("/"), let slash = file.lastIndex(of: "/") else { return path }
        return file[...slash] + path
    }

    // MARK: What

    private func value(_ field: String) -> YAMLNode? {
        mapping[field].flatMap { $0.isNull ? nil : $0 }
    }

    func section(_ field: String) throws -> KubeconfigSection {
        guard let value = value(field) else { throw fault(field, "\(field) is missing") }
        return try KubeconfigSection(value, called: field, file: file)
    }

    /// The mappings in a list; none where there is no list.
    func elements(_ field: String) throws -> [KubeconfigSection] {
        guard let value = value(field) else { return [] }
        guard let elements = value.sequence else {
            throw fault(field, "\(field) must be a list, not \(value.kind)")
        }
        return try elements.map {
            try KubeconfigSection($0, called: "an entry of \(field)", file: file)
        }
    }

    func text(_ field: String) -> String? {
        value(field)?.scalar.flatMap { $0.text.isEmpty ? nil : $0.text }
    }

    func named(_ field: String) -> Named? {
        text(field).map { Named(name: $0, place: place(of: field)) }
    }

    func secret(_ field: String) -> SecretBytes? {
        value(field)?.scalar.flatMap { $0.bytes.isEmpty ? nil : $0.bytes }
    }

    func flag(_ field: String) throws -> Bool {
        guard let value = value(field) else { return false }
        guard let flag = value.scalar?.bool else {
            throw fault(field, "\(field) must be true or false")
        }
        return flag
    }

    /// An error where the field says anything.
    func refuse(_ field: String, hint: String) throws {
        guard let value = value(field), value.scalar?.bytes.isEmpty != true else { return }
        throw fault(field, "\(field) is not supported", hint: hint)
    }

    /// PEM, either in `<field>-data` as base64 or in the file named by `<field>`; the data wins, as
    /// for client-go.
    ///
    /// - Parameter label: what some block must be, `CERTIFICATE`, say.
    func data(_ field: String, holding label: String) throws -> SecretBytes? {
        if let encoded = secret("\(field)-data") {
            guard let pem = Base64.decode(encoded) else {
                throw fault("\(field)-data", "\(field)-data isn't base64")
            }
            try check(pem, holds: label, field: "\(field)-data", name: "\(field)-data")
            return pem
        }
        guard let path = text(field).map(resolved) else { return nil }
        let pem: SecretBytes
        do {
            pem = try CredentialFile.read(path)
        } catch {
            throw fault(field, "\(path) can't be read: \(Fault(error).message)")
        }
        try check(pem, holds: label, field: field, name: path)
        return pem
    }

    private func check(
        _ pem: SecretBytes, holds label: String, field: String, name: String
    ) throws {
        guard pem.containsLine(beginning: "-----BEGIN ", ending: label + "-----") else {
            throw fault(field, "\(name) holds no PEM block of a \(label.lowercased())")
        }
        if pem.containsLine(beginning: "-----BEGIN ENCRYPTED", ending: label + "-----")
            || pem.containsLine(beginning: "Proc-Type: 4,ENCRYPTED", ending: "")
        {
            throw fault(
                field, "the key in \(name) is encrypted with a passphrase",
                hint: "Kubernetes' clients can't use such a key; take an unencrypted one")
        }
    }
}

extension SecretBytes {
    fileprivate func containsLine(beginning start: String, ending end: String) -> Bool {
        withUnsafeBytes { bytes in
            bytes.split(separator: UInt8(ascii: "\n")).contains { line in
                let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
                return line.starts(with: start.utf8)
                    && line.suffix(end.utf8.count).elementsEqual(end.utf8)
            }
        }
    }
}
