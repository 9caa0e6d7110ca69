/// How many objects the pages of a list have.
///
/// A page costs the servers twice: for each of its objects, and once for all that exist, presumably
/// since etcd looks through the names of a resource for each page to count them. Of 100,000 Secrets
/// a page took 30 to 40 ms however short it was, and 0.05 more for each object (kube-apiserver 1.36,
/// etcd 3.4). So a list has no more than fifty pages as long as they stay bearable.
public struct ListPages: Sendable, Hashable {
    /// So that there soon is something to do.
    private static let first = 100
    private static let most = 50

    /// The size of a page, where the objects are few.
    public let usual: Int
    /// The size of a page, where they are many.
    public let greatest: Int

    /// Between 1 and 10,000 each.
    public init(usual: Int, greatest: Int) {
        self.usual = min(max(usual, 1), 10_000)
        self.greatest = min(max(greatest, self.usual), 10_000)
    }

    /// - Parameter remaining: how many the list hasn't shown yet; nil where nobody says.
    func size(isFirst: Bool, remaining: Int?) -> Int {
        if isFirst { return min(usual, Self.first) }
        return min(greatest, max(usual, (remaining ?? 0) / Self.most))
    }
}
