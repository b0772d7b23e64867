using Roadstead.Fuzz.Runs;
using Roadstead.Oci;
using Roadstead.Server.Metadata;
using Roadstead.Server.Retention;

namespace Roadstead.Fuzz;

/// <summary>A store in memory, in which images that share blobs are filled, pulled, pinned, evicted and collected in any order.</summary>
public class EvictionFuzz
{
    private const int Blobs = 12;
    private const int Images = 9;

    private static readonly Digest[] Digests = [.. Enumerable.Range(0, Blobs).Select(i => Digest.Of(BitConverter.GetBytes(i)))];
    private static readonly Digest[] Names = [.. Enumerable.Range(0, Images).Select(i => Digest.Of(BitConverter.GetBytes(1000 + i)))];
    private static readonly Gen<int[]> Contents = Gen.Int[1, (1 << Blobs) - 1].Array[Images];
    private static readonly Gen<Step[]> Steps = Gen.Select(Gen.Int[0, 9], Gen.Int[0, Images - 1], Gen.Int[0, 60]).Select((action, image, amount) => new Step(action, image, amount)).Array[100, 300];

    // 5000 cases of 200 steps on the average.
    [Theory, Fuzz]
    public void No_order_of_fills_pulls_evictions_and_collections_loses_what_is_referenced(Length length) =>
        Property.ForAll(length, Gen.Select(Contents, Steps), input =>
        {
            var store = new Store(input.Item1);
            foreach (var step in input.Item2)
            {
                store.Run(step);
                store.Check();
            }
        }, input => $"images {string.Join(',', input.Item1.Select(blobs => blobs.ToString("b", null)))}: {string.Join(' ', input.Item2.Select(step => $"{step.Action}.{step.Image}.{step.Amount}"))}", cases: 5000);

    private readonly record struct Step(int Action, int Image, int Amount);

    private sealed class Store(int[] contents)
    {
        private readonly bool[] _isNamed = new bool[Images];
        private readonly bool[] _isWhole = new bool[Images];
        private readonly bool[] _isPinned = new bool[Images];
        private readonly int[] _pulls = new int[Images];
        private readonly int[] _pulledAt = new int[Images];
        private readonly bool[] _isHeld = new bool[Blobs];
        private readonly bool[] _isStray = new bool[Blobs];
        private int _now;

        public void Run(Step step)
        {
            _now++;
            var image = step.Image;
            switch (step.Action)
            {
                case 0 or 1:
                    // Its manifest comes, then its blobs one after the other, of which some may not come now.
                    _isNamed[image] = true;
                    _pulledAt[image] = _now;
                    Fill(image, step.Amount);
                    break;
                case 2 when _isNamed[image]:
                    _pulls[image]++;
                    _pulledAt[image] = _now;
                    break;
                case 3 when _pulls[image] > 0:
                    _pulls[image]--;
                    break;
                case 4 when _isNamed[image]:
                    _isPinned[image] = !_isPinned[image];
                    break;
                case 5:
                    Collect();
                    break;
                case 6:
                    // Something that no manifest names, as what is left of a fill.
                    _isHeld[step.Amount % Blobs] = true;
                    break;
                case >= 7:
                    Evict(1 + step.Amount);
                    break;
            }
        }

        public void Check()
        {
            for (var image = 0; image < Images; image++)
            {
                Assert.True(!_isWhole[image] || BlobsOf(image).All(blob => _isHeld[blob]), $"image {image} lost a blob");
                Assert.True((_pulls[image] == 0 && !_isPinned[image]) || _isNamed[image], $"image {image} is gone while it is pulled or pinned");
            }
        }

        private void Fill(int image, int amount)
        {
            foreach (var blob in BlobsOf(image).Take(1 + (amount % Blobs)))
            {
                _isHeld[blob] = true;
            }

            _isWhole[image] = BlobsOf(image).All(blob => _isHeld[blob]);
        }

        private void Collect()
        {
            for (var blob = 0; blob < Blobs; blob++)
            {
                // Only what was seen to be a stray before goes.
                var isStray = _isHeld[blob] && Holders(blob) == 0;
                _isHeld[blob] &= !(isStray && _isStray[blob]);
                _isStray[blob] = isStray;
            }
        }

        private void Evict(int need)
        {
            var order = Enumerable.Range(0, Images).Where(image => _isNamed[image]).OrderBy(image => _pulledAt[image]).ToList();
            var before = Held();
            var plan = EvictionPlanner.Plan(order.Select(Candidate), digest => Holders(Array.IndexOf(Digests, digest)), _ => false, need);
            var gone = plan.Images.Select(candidate => Array.IndexOf(Names, candidate.Image.Key.Digest)).ToList();
            foreach (var image in gone)
            {
                Assert.False(_isPinned[image] || _pulls[image] > 0);
                _isNamed[image] = _isWhole[image] = false;
            }

            foreach (var blob in gone.SelectMany(BlobsOf).Distinct().Where(blob => Holders(blob) == 0))
            {
                _isHeld[blob] = false;
            }

            Assert.Equal(plan.Freed, before - Held());
            CheckOrder(order, gone, plan, need);
        }

        /// <summary>Whoever stayed though it was pulled longer ago than one that went must be of no use; and if too little went, nothing more could.</summary>
        private void CheckOrder(List<int> order, List<int> gone, EvictionPlan plan, int need)
        {
            var last = plan.Freed < need ? order.Count : gone.Count == 0 ? 0 : order.IndexOf(gone[^1]);
            foreach (var image in order.Take(last).Where(image => _isNamed[image] && !_isPinned[image] && _pulls[image] == 0))
            {
                Assert.DoesNotContain(BlobsOf(image), blob => _isHeld[blob] && Holders(blob) == 1);
            }

            Assert.True(plan.Waiting == 0 || _pulls.Any(pulls => pulls > 0));
        }

        private EvictionCandidate Candidate(int image) => new(
            new ImageRow(new ImageKey(1, Names[image]), DateTimeOffset.UnixEpoch.AddSeconds(_pulledAt[image])),
            [Names[image]],
            [.. BlobsOf(image).Where(blob => _isHeld[blob]).Select(blob => new ImageBlob(Digests[blob], Size(blob)))],
            _isPinned[image],
            _pulls[image] > 0);

        private long Held() => Enumerable.Range(0, Blobs).Where(blob => _isHeld[blob]).Sum(Size);

        private int Holders(int blob) => Enumerable.Range(0, Images).Count(image => _isNamed[image] && BlobsOf(image).Contains(blob));

        private IEnumerable<int> BlobsOf(int image) => Enumerable.Range(0, Blobs).Where(blob => (contents[image] & (1 << blob)) != 0);

        private static long Size(int blob) => 1 + (blob * blob % 17);
    }
}
