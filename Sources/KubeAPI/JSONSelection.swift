/// Which few values of a JSON document are wanted; everything else is checked and passed over.
///
/// Answers of kube-apiserver are mostly what nobody here needs (`managedFields` above all), and
/// building a tree of it would cost more than everything else that a rewrite does.
struct JSONSelection: Sendable {
    /// What the caller calls a wanted value.
    typealias Slot = Int

    indirect enum Shape: Sendable {
        /// A string, handed over without its quotes and escapes, or any other scalar as written.
        case scalar(Slot)
        /// A scalar of which only the place is told, since no copy of it may lie about.
        case place(Slot)
        case object([String: Shape])
        /// Every element has the same shape; the slot, if any, is told at the end of each.
        case array(of: Shape, elementEnd: Slot? = nil)
    }

    struct Node: Sendable {
        enum Kind: Sendable {
            case scalar(Slot, isCopied: Bool)
            case object([(name: [UInt8], child: Int)])
            case array(element: Int, elementEnd: Slot?)
        }

        let kind: Kind
    }

    /// What stands for every value that nobody wants.
    static let unwanted = -1

    let nodes: [Node]
    let root: Int

    init(_ shape: Shape) {
        var nodes: [Node] = []
        root = Self.lay(shape, into: &nodes)
        self.nodes = nodes
    }

    private static func lay(_ shape: Shape, into nodes: inout [Node]) -> Int {
        let kind: Node.Kind =
            switch shape {
            case .scalar(let slot): .scalar(slot, isCopied: true)
            case .place(let slot): .scalar(slot, isCopied: false)
            case .object(let members):
                .object(members.map { (Array($0.key.utf8), lay($0.value, into: &nodes)) })
            case .array(let element, let slot):
                .array(element: lay(element, into: &nodes), elementEnd: slot)
            }
        nodes.append(Node(kind: kind))
        return nodes.count - 1
    }

    /// The member of that name of a wanted object.
    func child(of node: Int, named name: [UInt8]) -> Int {
        guard node >= 0, case .object(let members) = nodes[node].kind else { return Self.unwanted }
        return members.first { $0.name == name }?.child ?? Self.unwanted
    }

    /// The elements of a wanted array, and what is told at the end of each.
    func element(of node: Int) -> (child: Int, end: Slot?) {
        guard node >= 0, case .array(let element, let end) = nodes[node].kind else {
            return (Self.unwanted, nil)
        }
        return (element, end)
    }

    func slot(of node: Int) -> Slot? {
        guard node >= 0, case .scalar(let slot, _) = nodes[node].kind else { return nil }
        return slot
    }

    func isCopied(_ node: Int) -> Bool {
        if node >= 0, case .scalar(_, true) = nodes[node].kind { true } else { false }
    }

    func isObject(_ node: Int) -> Bool {
        if node >= 0, case .object = nodes[node].kind { true } else { false }
    }
}
