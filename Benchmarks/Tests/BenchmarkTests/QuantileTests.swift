import Testing

@testable import benchmark

struct QuantileTests {
    @Test(
        "a share of the values, the smallest that so many don't exceed",
        arguments: [
            (0.5, [3.0, 1, 2], 2.0), (0.5, [4, 1, 3, 2], 2), (1, [1, 5, 3], 5),
            (0.75, [1, 2, 3, 4], 3),
        ])
    func share(share: Double, values: [Double], expected: Double) {
        #expect(quantile(share, of: values) == expected)
    }

    @Test("100 values, the second greatest is the 99th percentile")
    func hundred() {
        #expect(quantile(0.99, of: (1...100).map(Double.init).shuffled()) == 99)
    }

    @Test(
        "too few values or no share at all, no answer",
        arguments: [
            (0.99, 99), (0.5, 0), (1, 0), (0.5, 1), (0, 2), (1.5, 2),
        ])
    func tooFew(share: Double, count: Int) {
        #expect(quantile(share, of: (0..<count).map(Double.init)) == nil)
    }

    @Test("two samples of the same, whose ratio lies about one, the nearer the more there are")
    func likely() throws {
        let few = try #require(likelyRatio(of: 0.9, sample(100), to: sample(100)))
        let many = try #require(likelyRatio(of: 0.9, sample(3000), to: sample(3000)))
        #expect(many.lowerBound > 0.9 && many.upperBound < 1.1 && many.contains(1))
        #expect(few.upperBound - few.lowerBound > 2 * (many.upperBound - many.lowerBound))
        let twice = try #require(
            likelyRatio(of: 0.9, sample(3000).map { $0 * 2 }, to: sample(3000)))
        #expect(twice.contains(2) && !twice.contains(1.8))
        #expect(few == likelyRatio(of: 0.9, sample(100), to: sample(100)))
    }

    @Test("too few values, no likely ratio")
    func unlikely() {
        #expect(likelyRatio(of: 0.99, sample(99), to: sample(1000)) == nil)
    }

    /// Of evenly spread values between 0 and 1.
    private func sample(_ count: Int) -> [Double] {
        (0..<count).map { (Double($0) + 0.5) / Double(count) }
    }
}
