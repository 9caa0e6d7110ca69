public import Basics

/// Reads YAML 1.1 (and with it JSON) into a tree that knows where everything is written.
public enum YAMLReader {
    /// - Parameters:
    ///   - source: UTF-8, with or without a byte order mark.
    ///   - file: what messages call the source.
    /// - Returns: the document's root; a null scalar where there is no document.
    /// - Throws: `Fault` with code `.badInput` and a place, for anything that isn't YAML, is
    ///   ambiguous (duplicate keys, several documents) or exceeds the limits.
    public static func read(
        _ source: SecretBytes, file: String, options: YAMLOptions = YAMLOptions()
    ) throws -> YAMLNode {
        let limit = options.limits.bytes
        guard source.count <= limit else {
            throw Fault(
                .badInput, "the file is \(source.count) bytes long; at most \(limit) are read",
                hint: "Is it the right file?", place: Fault.Place(file: file))
        }
        return try source.withUnsafeBytes { bytes in
            var composer = Composer(
                parser: try EventParser(bytes: bytes, file: file), file: file, options: options)
            return try composer.document()
        }
    }

    public static func read(
        _ source: String, file: String, options: YAMLOptions = YAMLOptions()
    ) throws -> YAMLNode {
        try read(SecretBytes(copying: source.utf8), file: file, options: options)
    }
}
