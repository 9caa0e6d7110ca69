internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import NIOSSL

/// Why the server can't start; the words follow kube-apiserver's.
public struct StartupError: Error, CustomStringConvertible {
    public let description: String
}

/// The whole stand-in: from arguments to a serving process.
public final class StandInServer: Sendable {
    private let options: ServerOptions
    private let group: MultiThreadedEventLoopGroup
    private let store: ObjectStore
    private let router: Router
    private let server: HTTPServer
    private let metrics: Metrics

    /// Loads every file that the options name; nothing is opened to the network yet.
    public init(_ options: ServerOptions) throws(StartupError) {
        self.options = options
        group = MultiThreadedEventLoopGroup(numberOfThreads: min(4, System.coreCount))
        do {
            let rules = try Self.rules(options)
            let client = EtcdClient(
                endpoints: try Self.endpoints(options), tls: try Self.etcdTLS(options),
                group: group)
            store = ObjectStore(client: client, prefix: options.etcdPrefix, rules: rules)
            metrics = Metrics(version: options.version, identity: Self.hostName)
            metrics.started(with: rules.hash)
            router = Router(
                store: store, metrics: metrics, faults: options.faultsFile.map(Faults.init),
                version: options.version)
            server = HTTPServer(
                router: router, tls: try Self.servingTLS(options),
                authority: try Self.authority(options),
                tokens: try options.tokenFile.map { TokenFile.users(try fileBytes($0)) } ?? [:],
                letsAnonymousIn: options.anonymousAuth)
        } catch {
            throw StartupError(description: "\(error)")
        }
    }

    private static var hostName: String {
        var name = [CChar](repeating: 0, count: 256)
        gethostname(&name, name.count - 1)
        return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    private static func rules(_ options: ServerOptions) throws -> EncryptionRules {
        guard let path = options.encryptionConfig else {
            guard !options.automaticReload else {
                throw StartupError(
                    description: "--encryption-provider-config-automatic-reload must be set with "
                        + "--encryption-provider-config")
            }
            return .none
        }
        let bytes: [UInt8]
        do { bytes = try fileBytes(path) } catch {
            throw StartupError(
                description: "error while parsing file: error while loading file: error reading "
                    + "encryption provider configuration file \"\(path)\": \(error)")
        }
        return try EncryptionRules(
            file: path, bytes: bytes, version: options.version, reload: options.automaticReload)
    }

    private static func endpoints(_ options: ServerOptions) throws -> [EtcdEndpoint] {
        try options.etcdServers.map { url in
            guard let endpoint = EtcdEndpoint(url) else {
                throw StartupError(description: "--etcd-servers: not an endpoint: \(url)")
            }
            return endpoint
        }
    }

    private static func etcdTLS(_ options: ServerOptions) throws -> NIOSSLContext? {
        guard options.etcdServers.contains(where: { $0.hasPrefix("https://") }) else { return nil }
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.applicationProtocols = ["h2"]
        if let path = options.etcdCA { configuration.trustRoots = .file(path) }
        if let path = options.etcdCertificate, let key = options.etcdKey {
            configuration.certificateChain = try NIOSSLCertificate.fromPEMFile(path).map {
                .certificate($0)
            }
            configuration.privateKey = .privateKey(try NIOSSLPrivateKey(file: key, format: .pem))
        }
        return try NIOSSLContext(configuration: configuration)
    }

    private static func servingTLS(_ options: ServerOptions) throws -> NIOSSLContext {
        guard let certificate = options.certificate, let key = options.privateKey else {
            throw StartupError(
                description: "the stand-in needs --tls-cert-file and --tls-private-key-file")
        }
        return try HTTPServer.tls(certificate: certificate, key: key)
    }

    private static func authority(_ options: ServerOptions) throws -> ClientAuthority? {
        guard let path = options.clientCA else { return nil }
        guard let authority = ClientAuthority(pem: try fileBytes(path)) else {
            throw StartupError(
                description: "unable to load client CA file \"\(path)\": no certificate in it")
        }
        return authority
    }

    /// Serves until the task is cancelled, then stops gracefully.
    public func run() async throws(StartupError) {
        do {
            try await server.listen(
                host: options.bindAddress, port: options.securePort, group: group)
        } catch {
            throw StartupError(
                description: "failed to create listener: \(options.bindAddress):"
                    + "\(options.securePort): \(error)")
        }
        logLine("I", "Serving securely on \(options.bindAddress):\(options.securePort)")
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await self.getReady() }
            if options.automaticReload, let path = options.encryptionConfig {
                let reloader = ConfigReloader(
                    path: path, version: options.version, store: store, metrics: metrics,
                    interval: .seconds(options.reloadSeconds))
                tasks.addTask { await reloader.run() }
            }
            tasks.addTask {
                while !Task.isCancelled { try? await Task.sleep(for: .seconds(3600)) }
            }
        }
        router.setReady(false)
        await server.stop()
    }

    private func getReady() async {
        await makeSystemNamespaces()
        await readEverything()
        if !Task.isCancelled { router.setReady(true) }
    }

    /// kube-apiserver isn't ready before its informers have listed what there is, so one that
    /// can't read a stored Secret never gets ready.
    private func readEverything() async {
        for type in ResourceType.all where !type.isCustom {
            while !Task.isCancelled {
                do {
                    try await store.readAll(type)
                    break
                } catch {
                    logLine("E", "failed to list \(type.groupResource): \(error)")
                    try? await Task.sleep(for: .milliseconds(500))
                }
            }
        }
    }

    /// As the controllers of kube-apiserver do at its start; again until etcd answers.
    private func makeSystemNamespaces() async {
        var missing = ["default", "kube-node-lease", "kube-public", "kube-system"][...]
        while !Task.isCancelled, let name = missing.first {
            let metadata: JSON = ["name": .string(name)]
            let object = ObjectBody.born(
                ["kind": "Namespace", "apiVersion": "v1", "metadata": metadata], .namespaces,
                manager: "kube-apiserver")
            do {
                _ = try await store.create(.namespaces, nil, name, object)
                missing.removeFirst()
            } catch let error as APIError where error.reason == "AlreadyExists" {
                missing.removeFirst()
            } catch {
                logLine("W", "namespace \(name) can't be created yet: \(error)")
                try? await Task.sleep(for: .milliseconds(100))
            }
        }
    }
}
