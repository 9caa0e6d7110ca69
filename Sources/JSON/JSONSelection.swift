/// Which few values of a JSON document are wanted; everything else is checked and passed over.
///
/// Answers of kube-apiserver are mostly what nobody here needs (`managedFields` above all), and
/// building a tree of it would cost more than everything else that a rewrite does.
public struct JSONSelection: Sendable {
    /// What the caller calls a wanted value.
    public typealias Slot = Int

    public indirect enum Shape: Sendable {
        /// A string, handed over without its quotes and escapes, or any other scalar as written.
        /// One that is longer than `JSONSelector.scalarLimit` is refused.
        case scalar(Slot)
        /// A scalar of which only so many bytes are wanted.
        case beginning(Slot, bytes: Int)
        /// A scalar of which only the place is told, since no copy of it may lie about.
        case place(Slot)
        case object([String: Shape])
        /// Every element has the same shape; the slot, if any, is told at the end of each.
        case array(of: Shape, elementEnd: Slot? = nil)
    }

    enum Node: Sendable {
        case scalar(Slot, kept: Int, mayBeCut: Bool)
        case object([(name: [UInt8], child: Int)])
        case array(element: Int, elementEnd: Slot?)
    }

    /// What stands for every value that nobody wants.
    static let unwanted = -1

    let nodes: [Node]
    let root: Int

    public init(_ shape: Shape) {
        var nodes: [Node] = []
        root = Self.lay(shape, into: &nodes)
        self.nodes = nodes
    }

    private static func lay(_ shape: Shape, into nodes: inout [Node]) -> Int {
        let node: Node =
            switch shape {
            case .scalar(let slot):
                .scalar(slot, kept: JSONSelector.scalarLimit, mayBeCut: false)
            case .beginning(let slot, let bytes): .scalar(slot, kept: bytes, mayBeCut: true)
            case .place(let slot): .scalar(slot, kept: 0, mayBeCut: true)
            case .object(let members):
                .object(members.map { (Array($0.key.utf8), lay($0.value, into: &nodes)) })
            case .array(let element, let slot):
                .array(element: lay(element, into: &nodes), elementEnd: slot)
            }
        nodes.append(node)
        return nodes.count - 1
    }

    /// Nil for what nobody wants.
    func node(_ index: Int) -> Node? { index >= 0 ? nodes[index] : nil }

    /// The member of that name of a wanted object.
    func child(of node: Int, named name: [UInt8]) -> Int {
        guard case .object(let members) = self.node(node) else { return Self.unwanted }
        return members.first { $0.name == name }?.child ?? Self.unwanted
    }
}
