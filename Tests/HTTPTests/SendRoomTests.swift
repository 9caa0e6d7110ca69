import Basics
import Testing

@testable import HTTP

struct SendRoomTests {
    private static let size = transfer("/").sendSize

    private static func transfer(_ path: String) -> Transfer {
        Transfer(HTTPRequest("GET", "https://a\(path)"), sink: .collect(limit: 1))
    }

    @Test("what is on its way fills the room, the next waits until something is given back")
    func full() {
        var room = SendRoom(limit: 10)
        room.take(4)
        room.take(6)
        #expect(!room.holds(1))
        room.giveBack(4)
        #expect(room.holds(4))
        #expect(!room.holds(5))
    }

    @Test("a request longer than the room, it goes alone")
    func longerThanAll() {
        var room = SendRoom(limit: 10)
        #expect(room.holds(11))
        room.take(1)
        #expect(!room.holds(11))
        room.giveBack(1)
        room.take(11)
        #expect(!room.holds(1))
    }

    @Test("the first has no room, those behind it don't overtake it")
    func noOvertaking() {
        let (long, short) = (
            Self.transfer("/" + String(repeating: "x", count: 100)), Self.transfer("/")
        )
        var room = SendRoom(limit: Self.size + 50)
        var queue = TransferQueue()
        queue.append(long)
        queue.append(short)
        room.take(1)
        #expect(queue.next(fitting: room) == nil)
        room.giveBack(1)
        #expect(queue.next(fitting: room) === long)
        #expect(queue.next(fitting: room) === short)
    }

    @Test("a request's size has its URL, its headers and its body")
    func size() {
        let plain = HTTPRequest("POST", "https://a/")
        let whole = HTTPRequest(
            "POST", "https://a/b", headers: [("one", "two")],
            body: SecretBytes(copying: Array("three".utf8)))
        #expect(whole.sendSize - plain.sendSize == 12)
    }

    @Test("this machine's kernel has room for a hundred requests with a long token")
    func room() {
        #expect(SendRoom().holds(1))
        var room = SendRoom()
        room.take(1)
        #expect(room.holds(100 * 1200))
    }
}
