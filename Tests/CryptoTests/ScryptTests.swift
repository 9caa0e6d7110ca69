import Basics
import Crypto
import Testing

@Suite struct ScryptTests {
    struct Request: Sendable {
        var passphrase = "pleaseletmein"
        var salt = "SodiumChloride"
        var n: UInt64 = 16
        var r: UInt32 = 8
        var p: UInt32 = 1
        var length = 64

        func derive() throws -> SecretBytes {
            try Scrypt.deriveKey(
                passphrase: SecretBytes(copying: passphrase.utf8), salt: Array(salt.utf8), n: n,
                r: r, p: p, length: length)
        }
    }

    @Test(
        "RFC 7914's vectors (section 12), derived",
        arguments: [
            (
                Request(passphrase: "", salt: "", n: 16, r: 1, p: 1),
                """
                77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442
                fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906
                """
            ),
            (
                Request(passphrase: "password", salt: "NaCl", n: 1024, r: 8, p: 16),
                """
                fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162
                2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640
                """
            ),
            (
                Request(n: 16384),
                """
                7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2
                d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887
                """
            ),
        ])
    func published(request: Request, key: String) throws {
        #expect(try request.derive() == secret(key))
    }

    @Test("128 MiB of work, derived as OpenSSL's Python binding does")
    func greatMemory() throws {
        let key = try Request(n: 1 << 17, length: 32).derive()
        #expect(key == secret("2f10fcda14532d6543334cd899776407ff0ae879c370372de5b4e39d4d2d21ed"))
    }

    @Test(
        "parameters that make no sense or cost too much, refused",
        arguments: [
            Request(n: 0), Request(n: 1), Request(n: 3), Request(n: 1000), Request(n: .max),
            Request(n: 1 << 21, r: 1), Request(n: 1 << 63), Request(n: 1 << 16, r: 1),
            // RFC 7914's fourth vector: 1 GiB.
            Request(n: 1 << 20), Request(n: 1 << 18), Request(n: 1 << 17, r: 32),
            Request(r: 0), Request(r: 33), Request(r: .max),
            Request(p: 0), Request(p: 17), Request(p: .max), Request(r: .max, p: .max),
            Request(length: 0), Request(length: -1), Request(length: .min),
            Request(length: 1025), Request(length: .max),
        ])
    func refused(request: Request) {
        let fault = #expect(throws: Fault.self) { try request.derive() }
        #expect(fault?.code == .refused)
    }

    @Test("the least and the most that is allowed, derived")
    func bounds() throws {
        for request in [
            Request(n: 2, r: 1, length: 1), Request(r: 32, p: 16, length: 1024),
            Request(n: 1 << 15, r: 1),
        ] {
            #expect(try request.derive().count == request.length)
        }
    }
}
