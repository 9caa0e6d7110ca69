import FoundationXML
import Testing

@testable import benchmark

struct PageTests {
    @Test("a section is set, the others stay as they are")
    func sections() {
        var page = PerformancePage(nil)
        page.set("One", to: "first\n\n### not a section")
        page.set("Two", to: "second")
        page.set("One", to: "other")
        var again = PerformancePage(page.text)
        #expect(again.text == page.text)
        again.set("Three", to: "third")
        #expect(again.text.hasSuffix("## One\n\nother\n\n## Two\n\nsecond\n\n## Three\n\nthird\n"))
    }

    @Test("h2load's summaries, the requests that succeeded in all of them")
    func loadGenerator() {
        let output = """
            status codes: 334 2xx, 0 3xx, 0 4xx, 0 5xx
            noise
            status codes: 330 2xx, 0 3xx, 3 4xx, 0 5xx
            """
        #expect(LoadGeneratorContestant.succeeded(output) == 664)
        #expect(LoadGeneratorContestant.succeeded("") == 0)
    }

    @Test("a chart, well-formed XML with a bar for each value")
    func chart() throws {
        let chart = RateChart(
            title: "a < b & \"c\"",
            groups: [
                RateChart.Group(
                    title: "<1>",
                    bars: [
                        RateChart.Bar(name: "slow", value: 0.5),
                        RateChart.Bar(name: "fast & good", value: 12_345),
                    ]),
                RateChart.Group(title: "2", bars: []),
            ])
        let document = try XMLDocument(xmlString: chart.svg)
        #expect(try document.nodes(forXPath: "//*[local-name()='rect']").count == 2)
        #expect(chart.svg.contains("12,345"))
    }

    @Test("the provider configs of two changes, the same keys in another order")
    func configs() throws {
        let configs = try ProviderConfigs()
        let (first, second) = (configs.text(0), configs.text(1))
        #expect(first != second)
        #expect(configs.text(2) == first)
        #expect(
            first.split(separator: "\n").sorted() == second.split(separator: "\n").sorted())
    }
}
