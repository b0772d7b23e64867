using Roadstead.Bench.Figures;

namespace Roadstead.Bench.Tests;

public class FigureTests
{
    [Fact]
    public void The_median_is_the_middle_value_whatever_order_the_rounds_came_in() =>
        Assert.Equal(new Distribution(1, 3, 9), Distribution.Of([9, 1, 3]));

    [Fact]
    public void The_median_of_an_even_number_lies_between_the_two_in_the_middle() =>
        Assert.Equal(new Distribution(1, 3.5, 9), Distribution.Of([9, 1, 3, 4]));

    [Fact]
    public void There_is_no_distribution_of_nothing() => Assert.Throws<ArgumentException>(() => Distribution.Of([]));

    [Fact]
    public void A_ratio_is_of_the_medians_and_its_spread_that_of_each_round()
    {
        var verdict = Verdict.Of(Goal.RatioAtLeast("a", "b", 1.5), [Result("a", 10, 30, 60), Result("b", 20, 10, 30)]);
        Assert.Equal(new Verdict(1.5, new Distribution(0.5, 2, 3), true), verdict);
    }

    [Theory]
    [InlineData(1.51, false)]
    [InlineData(1.5, true)]
    [InlineData(0, true)]
    public void At_least_is_reached_from_the_limit_on(double limit, bool reached) =>
        Assert.Equal(reached, Verdict.Of(Goal.RatioAtLeast("a", "b", limit), [Result("a", 30), Result("b", 20)]).Reached);

    [Theory]
    [InlineData(9.99, false)]
    [InlineData(10, true)]
    public void A_difference_is_held_against_its_limit_in_the_unit_of_the_row(double limit, bool reached)
    {
        var verdict = Verdict.Of(Goal.DifferenceAtMost("a", "b", limit), [Result("a", 30), Result("b", 20)]);
        Assert.Equal((10, reached), (verdict.Measured, verdict.Reached));
    }

    [Fact]
    public void A_value_stands_for_itself_and_what_is_only_shown_is_not_judged()
    {
        Assert.True(Verdict.Of(Goal.AtMost("a", 30), [Result("a", 30)]).Reached);
        Assert.Null(Verdict.Of(Goal.RatioShown("a", "b"), [Result("a", 30), Result("b", 20)]).Reached);
    }

    [Fact]
    public void A_goal_against_who_was_not_measured_is_a_fault() =>
        Assert.Throws<InvalidOperationException>(() => Verdict.Of(Goal.RatioAtLeast("a", "b", 1), [Result("a", 30)]));

    [Fact]
    public void Processor_time_is_told_by_bytes_where_answers_are_large_and_by_number_where_they_are_many()
    {
        Assert.Equal(new Cost(0.5, null), Cost.Of(TimeSpan.FromSeconds(1), 2_000_000_000, 19));
        Assert.Equal(new Cost(0.5, 10), Cost.Of(TimeSpan.FromSeconds(1), 2_000_000_000, 1000));
        Assert.Equal(new Cost(null, 10), Cost.Of(TimeSpan.FromSeconds(1), 20_000_000, 1000));
    }

    [Fact]
    public void What_a_contestant_spent_is_the_median_of_the_rounds_that_tell_it()
    {
        var one = new ContestantResult("a", [new Sample(1, new Cost(3, null)), new Sample(1, new Cost(1, null)), new Sample(1)]);
        Assert.Equal((new Cost(2, null), new Cost(null, null)), (one.Server, one.Client));
    }

    internal static ContestantResult Result(string name, params IEnumerable<double> values) => new(name, [.. values.Select(value => new Sample(value))]);
}
