import EncryptionModel
import Foundation
import TestSupport
import Testing

@testable import Etcd

struct RangeAnswerTests {
    private static func base64(_ text: String) -> String { Data(text.utf8).base64EncodedString() }

    private static let answer = """
        {"header":{"cluster_id":"14841639068965178418","revision":"42","raft_term":"2"},
        "kvs":[{"key":"\(base64("/a/1"))","create_revision":"2","version":"1",
        "value":"\(base64("k8s:enc:aescbc:v1:k1:" + String(repeating: "x", count: 3000)))"},
        {"key":"\(base64("/a/2"))"},
        {"value":"\(base64("k8s\u{0}secret"))","lease":{"key":["x",{"value":1.5e3}]},
        "key":"\(base64("/a/3"))"}],"more":true,"count":"7"}
        """

    private func read(_ text: String, limit: Int = 3, cutAt cut: Int? = nil) throws -> RangeAnswer {
        var reader = RangeAnswerReader(limit: limit)
        let bytes = Array(text.utf8)
        let cut = cut ?? bytes.count
        for piece in [bytes[..<cut], bytes[cut...]] {
            try piece.withUnsafeBytes { try reader.read($0) }
        }
        return try reader.finish()
    }

    private func check(_ answer: RangeAnswer) {
        #expect(answer.revision == 42)
        #expect(answer.count == 7)
        #expect(answer.isCut)
        #expect(answer.failure == nil)
        #expect(
            answer.entries == [
                RangeAnswer.Entry(
                    key: Array("/a/1".utf8), form: .encrypted(prefix: "k8s:enc:aescbc:v1:k1:")),
                RangeAnswer.Entry(key: Array("/a/2".utf8), form: .plaintext),
                RangeAnswer.Entry(key: Array("/a/3".utf8), form: .plaintext),
            ])
    }

    @Test("an answer is read the same wherever it is split")
    func everySplit() async throws {
        for cut in 0...Self.answer.utf8.count {
            await Task.yield()
            check(try read(Self.answer, cutAt: cut))
        }
    }

    @Test(
        "errors of etcd are told with code and message, in the form of each version",
        arguments: [
            #"{"error":"compacted","message":"compacted","code":11}"#,
            #"{"error":"\u0063ompacted","code":11}"#,
            #"{"code":11,"message":"compacted","details":[]}"#,
        ])
    func failures(text: String) throws {
        let failure = RangeAnswer.Failure(code: 11, message: "compacted")
        #expect(try read(text).failure == failure)
    }

    @Test(
        "what isn't an answer is refused",
        arguments: [
            "", "{", "[]", "\"x\"", "1", "nonsense", "404 page not found\n", "<html>", "{}}", "{},",
            #"{"kvs":[{"key":"YQ=="},]}"#, #"{"kvs":[{"key":"YQ==" "value":""}]}"#, #"{"kvs":[}"#,
            #"{"kvs":[{"value":"YQ=="}]}"#, #"{"kvs":[{"key":7}]}"#, #"{"kvs":[{"key":"Y"}]}"#,
            #"{"kvs":[{"key":"YQ==","value":"!!!!"}]}"#, #"{"count":"-1"}"#, #"{"count":"x"}"#,
            #"{"count":99999999999999999999}"#, #"{"more":maybe}"#,
            #"{"a":"\x"}"#, #"{"a":"\u00g0"}"#, #"{"a":--1}"#, #"{"a" "b"}"#, #"{"a":}"#, #"{:1}"#,
            #"{"kvs":[{"key":"YQ=="},{"key":"YQ=="},{"key":"YQ=="},{"key":"YQ=="}]}"#,
            String(repeating: "[", count: 100_000),
            "{\"a\":" + String(repeating: "[", count: 100_000),
            "{\"a\":" + String(repeating: "1", count: 100_000) + "}",
            "{\"kvs\":[{\"key\":\"" + String(repeating: "A", count: 100_000) + "\"}]}",
        ])
    func garbage(text: String) {
        #expect(throws: RangeAnswerReader.Unreadable.self) { try read(text) }
    }

    @Test("altered anywhere, an answer is read otherwise or refused, never worse")
    func mutations() async {
        var random = SeededRandom(seed: 7)
        let original = Array(Self.answer.utf8)
        var refused = 0
        for _ in 0..<5_000 {
            await Task.yield()
            var bytes = original
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: index)
                default: bytes.insert(UInt8.random(in: 0...255, using: &random), at: index)
                }
            }
            var reader = RangeAnswerReader(limit: 3)
            do {
                try bytes.withUnsafeBytes { try reader.read($0) }
                #expect(try reader.finish().entries.count <= 3)
            } catch { refused += 1 }
        }
        #expect(refused > 500)
    }

    @Test("200 values of 1 MiB leave no more behind than their keys")
    func memory() async throws {
        var reader = RangeAnswerReader(limit: 200)
        func feed(_ text: String) throws {
            try Array(text.utf8).withUnsafeBytes { try reader.read($0) }
        }
        let piece = Array(String(repeating: "QUJD", count: 16 << 10).utf8)
        try feed(#"{"header":{"revision":"9"},"kvs":["#)
        var held = 0
        for number in 0..<200 {
            await Task.yield()
            try feed((number > 0 ? "," : "") + #"{"key":"YQ==","value":""#)
            for _ in 0..<22 {
                try piece.withUnsafeBytes { try reader.read($0) }
                held = max(held, reader.bytesHeld)
            }
            try feed("\"}")
        }
        try feed("],\"count\":\"200\"}")
        #expect(held <= 16 << 10)
        let answer = try reader.finish()
        #expect(answer.entries.count == 200)
        #expect(answer.bytes > 200 << 20)
    }

    @Test("pages shrink for large values and grow slowly for small ones")
    func pageSizes() {
        var size = PageSize()
        size.adapt(keys: 16, bytes: 32 << 20)
        #expect(size.keys == 1)
        for expected in [2, 4, 8, 16, 32, 64, 128, 256, 500, 500] {
            size.adapt(keys: size.keys, bytes: size.keys * 1000)
            #expect(size.keys == expected)
        }
        size.adapt(keys: 0, bytes: 100)
        #expect(size.keys == 500)
    }
}
