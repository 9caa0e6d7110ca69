internal import Glibc

/// A point in time as Kubernetes writes it: UTC, RFC 3339.
struct WallTime: Sendable, Equatable {
    let seconds: Int64
    let nanoseconds: Int32

    init(seconds: Int64, nanoseconds: Int32) {
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }

    static func now() -> WallTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return WallTime(seconds: Int64(time.tv_sec), nanoseconds: Int32(time.tv_nsec))
    }

    /// Reads RFC 3339, with or without a fraction, with `Z` or an offset.
    init(_ text: String) throws(SchemaMismatch) {
        let failure = SchemaMismatch(
            description: "parsing time \"\(text)\" as \"2006-01-02T15:04:05Z07:00\": cannot parse")
        let bytes = Array(text.utf8)
        func number(_ range: Range<Int>) throws(SchemaMismatch) -> Int64 {
            guard range.upperBound <= bytes.count,
                bytes[range].allSatisfy({ $0 &- UInt8(ascii: "0") < 10 }),
                let value = Int64(String(decoding: bytes[range], as: UTF8.self))
            else { throw failure }
            return value
        }
        guard bytes.count >= 20, bytes[4] == 0x2d, bytes[7] == 0x2d, bytes[10] == 0x54,
            bytes[13] == 0x3a, bytes[16] == 0x3a
        else { throw failure }
        let day = Self.days(
            year: try number(0..<4), month: try number(5..<7), day: try number(8..<10))
        let clock = try number(11..<13) * 3600 + number(14..<16) * 60 + number(17..<19)
        var position = 19
        var fraction: Int64 = 0
        if bytes[19] == UInt8(ascii: ".") {
            position = bytes[20...].firstIndex { $0 &- UInt8(ascii: "0") >= 10 } ?? bytes.count
            let digits = min(position, 29)
            fraction = try number(20..<digits)
            for _ in digits..<29 { fraction *= 10 }
        }
        var offset: Int64 = 0
        if position + 6 == bytes.count, [0x2b, 0x2d].contains(bytes[position]) {
            offset = try number(position + 1..<position + 3) * 3600
            offset += try number(position + 4..<position + 6) * 60
            if bytes[position] == 0x2d { offset = -offset }
        } else if position + 1 != bytes.count || bytes[position] != UInt8(ascii: "Z") {
            throw failure
        }
        self.init(seconds: day * 86400 + clock - offset, nanoseconds: Int32(fraction))
    }

    /// Reads what must have exactly six decimals, as MicroTime does.
    init(micro text: String) throws(SchemaMismatch) {
        let fraction = text.utf8.dropFirst(19)
        let decimals = fraction.dropFirst().prefix { $0 &- UInt8(ascii: "0") < 10 }
        guard fraction.first == UInt8(ascii: "."), decimals.count == 6 else {
            throw SchemaMismatch(
                description: "parsing time \"\(text)\" as "
                    + "\"2006-01-02T15:04:05.000000Z07:00\": cannot parse as \".000000\"")
        }
        try self.init(text)
    }

    /// Days since 1970-01-01 of a date in the proleptic Gregorian calendar.
    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
            - 719_468
    }

    private var civil: tm {
        var time = time_t(seconds)
        var fields = tm()
        gmtime_r(&time, &fields)
        return fields
    }

    private static func padded(_ value: some BinaryInteger, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    private var upToSeconds: String {
        let fields = civil
        let date = [fields.tm_year + 1900, fields.tm_mon + 1, fields.tm_mday]
        let clock = [fields.tm_hour, fields.tm_min, fields.tm_sec]
        return Self.padded(date[0], 4) + "-" + Self.padded(date[1], 2) + "-"
            + Self.padded(date[2], 2) + "T"
            + clock.map { Self.padded($0, 2) }.joined(separator: ":")
    }

    var rfc3339: String { upToSeconds + "Z" }

    var rfc3339Micro: String { upToSeconds + "." + Self.padded(nanoseconds / 1000, 6) + "Z" }

    /// As the Date header of HTTP has it (RFC 9110).
    var httpDate: String {
        let fields = civil
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ]
        let clock = [fields.tm_hour, fields.tm_min, fields.tm_sec]
        return "\(days[Int(fields.tm_wday)]), \(Self.padded(fields.tm_mday, 2)) "
            + "\(months[Int(fields.tm_mon)]) \(fields.tm_year + 1900) "
            + clock.map { Self.padded($0, 2) }.joined(separator: ":") + " GMT"
    }
}
