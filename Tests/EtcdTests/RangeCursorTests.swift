import Basics
import EncryptionModel
import Testing

@testable import Etcd

/// What keeps a wrong or malicious server from hiding values.
struct RangeCursorTests {
    private func page(
        _ keys: [String], revision: Int64? = 5, count: Int64, isCut: Bool = false
    ) -> RangeAnswer {
        var answer = RangeAnswer()
        answer.entries = keys.map { RangeAnswer.Entry(key: Array($0.utf8), form: .plaintext) }
        answer.revision = revision
        answer.count = count
        answer.isCut = isCut
        return answer
    }

    private func cursor() -> RangeCursor {
        RangeCursor(EtcdKeyRange(under: "/a/"), revision: nil, server: "https://etcd")
    }

    @Test("pages follow each other without a gap, at the first one's revision")
    func pages() throws {
        var cursor = cursor()
        try cursor.advance(over: page(["/a/1", "/a/2"], count: 3, isCut: true))
        #expect(cursor.rest?.start == Array("/a/2\u{0}".utf8))
        #expect(cursor.revision == 5)
        // The store has moved on; the count is now that of what is left.
        try cursor.advance(over: page(["/a/3"], revision: 9, count: 1))
        #expect(cursor.rest == nil)
        #expect(cursor.revision == 5)
    }

    @Test("a page that can't be the next one is refused")
    func wrongPages() {
        let wrong = [
            page(["/a/1"], count: 2), page([], count: 1), page(["/a/1", "/a/2"], count: 1),
            page(["/a/2", "/a/1"], count: 2), page(["/a/1", "/a/1"], count: 2),
            page(["/b/1"], count: 1), page(["/a"], count: 1), page(["/a0"], count: 1),
            page([], count: 5, isCut: true), page(["/a/1"], revision: nil, count: 1),
        ]
        for page in wrong {
            var cursor = cursor()
            #expect(throws: Fault.self) { try cursor.advance(over: page) }
        }
    }

    @Test("a later page that goes back, repeats or leaves out is refused")
    func wrongLaterPages() throws {
        let wrong = [
            page(["/a/2"], count: 1), page(["/a/1"], count: 1), page([], count: 0),
            page(["/a/3", "/a/4"], count: 2), page(["/a/3"], revision: 4, count: 1),
        ]
        for page in wrong {
            var cursor = cursor()
            try cursor.advance(over: self.page(["/a/1", "/a/2"], count: 3, isCut: true))
            #expect(throws: Fault.self) { try cursor.advance(over: page) }
        }
    }
}
