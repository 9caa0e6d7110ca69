internal import Foundation

/// Horizontal bars on a logarithmic scale, in groups, as SVG that is readable on white and on
/// black: it brings no background and takes its colours from the reader's preference.
struct RateChart {
    struct Bar {
        /// The same name has the same colour in all groups.
        let name: String
        /// Above 0.
        let value: Double
    }

    struct Group {
        let title: String
        let bars: [Bar]
    }

    let title: String
    let groups: [Group]

    private enum Size {
        static let width = 760.0
        static let names = 190.0
        static let values = 70.0
        static let top = 34.0
        static let group = 30.0
        static let bar = 20.0
        static let axis = 34.0
    }

    /// Shades of blue for the first three, of which the benchmark's own are; none is too faint on
    /// white or on black.
    private static let colours = [
        "#2f81f7", "#1158c7", "#79a8e0", "#9a6dd7", "#d29922", "#db6d28", "#8b949e",
    ]

    var svg: String {
        let height =
            Size.top + Size.axis
            + groups.reduce(0) { $0 + Size.group + Size.bar * Double($1.bars.count) }
        return """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Size.width.svg) \(height.svg)" \
            width="\(Size.width.svg)" height="\(height.svg)" role="img" \
            aria-label="\(title.escaped)">
            <style>
            text { font: 12px system-ui, sans-serif; fill: #1f2328; }
            .title { font-weight: 600; font-size: 14px; }
            .group { font-weight: 600; }
            .value, .tick { fill: #59636e; }
            .grid { stroke: #8b949e; stroke-opacity: 0.3; }
            @media (prefers-color-scheme: dark) {
            text { fill: #e6edf3; }
            .value, .tick { fill: #9198a1; }
            }
            </style>
            <text class="title" x="0" y="16">\(title.escaped)</text>
            \(grid(to: height - Size.axis))
            \(bars.joined(separator: "\n"))
            </svg>

            """
    }

    /// The powers of ten that all values lie between.
    private var decades: ClosedRange<Int> {
        let logarithms = groups.flatMap(\.bars).map { log10(max($0.value, 1e-9)) }
        // Not so near to the smallest that hardly anything of its bar is to be seen.
        let lowest = Int(((logarithms.min() ?? 0) - 0.2).rounded(.down))
        return lowest...max(lowest + 1, Int((logarithms.max() ?? 1).rounded(.up)))
    }

    private func x(_ value: Double) -> Double {
        let (from, to) = (Double(decades.lowerBound), Double(decades.upperBound))
        let share = (log10(max(value, 1e-9)) - from) / (to - from)
        return Size.names + share * (Size.width - Size.names - Size.values)
    }

    private func grid(to bottom: Double) -> String {
        decades.map { decade in
            let value = pow(10, Double(decade))
            let x = x(value).svg
            let label = value < 1 ? String(value) : Int(value).grouped
            return """
                <line class="grid" x1="\(x)" y1="\((Size.top - 6).svg)" x2="\(x)" \
                y2="\(bottom.svg)"/>
                <text class="tick" x="\(x)" y="\((bottom + 18).svg)" \
                text-anchor="middle">\(label)</text>
                """
        }.joined(separator: "\n")
    }

    private var bars: [String] {
        var names: [String] = []
        for bar in groups.flatMap(\.bars) where !names.contains(bar.name) { names.append(bar.name) }
        var y = Size.top
        var lines: [String] = []
        for group in groups {
            y += Size.group
            lines.append(
                #"<text class="group" x="0" y="\#((y - 8).svg)">\#(group.title.escaped)</text>"#)
            for bar in group.bars {
                let colour = (names.firstIndex(of: bar.name) ?? 0) % Self.colours.count
                lines.append(line(bar, y: y, colour: Self.colours[colour]))
                y += Size.bar
            }
        }
        return lines
    }

    private func line(_ bar: Bar, y: Double, colour: String) -> String {
        let end = x(bar.value)
        let text = (y + 12).svg
        return """
            <text x="\((Size.names - 8).svg)" y="\(text)" \
            text-anchor="end">\(bar.name.escaped)</text>
            <rect x="\(Size.names.svg)" y="\(y.svg)" width="\(max(1, end - Size.names).svg)" \
            height="14" rx="2" fill="\(colour)"/>
            <text class="value" x="\((end + 6).svg)" y="\(text)">\(bar.value.rate)</text>
            """
    }
}

extension Double {
    /// A coordinate.
    fileprivate var svg: String { String(format: "%.1f", self) }

    /// So many a second: `4.7`, `1,234`.
    var rate: String { self < 10 ? String(format: "%.1f", self) : Int(rounded()).grouped }
}

extension String {
    fileprivate var escaped: String {
        replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing("\"", with: "&quot;")
    }
}
