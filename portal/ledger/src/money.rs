//! Two wallets: promotional money and paid money.

/// An amount split by wallet, in micros. Neither part is negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Money {
    /// Promotional micros.
    pub promo: i64,
    /// Paid micros.
    pub paid: i64,
}

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self { promo: 0, paid: 0 };

    /// Both parts together.
    pub fn total(self) -> i64 {
        self.promo.saturating_add(self.paid)
    }

    /// Takes `price` out, promotional money first; `None` (and nothing taken) when there is less.
    pub fn take(&mut self, price: i64) -> Option<Self> {
        if price < 0 || price > self.total() {
            return None;
        }
        let promo = price.min(self.promo);
        let taken = Self { promo, paid: price - promo };
        self.promo -= taken.promo;
        self.paid -= taken.paid;
        Some(taken)
    }

    /// The part of `amount` that goes back when a price falls, paid money first: the reverse of [`Money::take`].
    /// `amount` above the total gives all back.
    pub fn give_back(self, amount: i64) -> Self {
        let amount = amount.clamp(0, self.total());
        let paid = amount.min(self.paid);
        Self { promo: amount - paid, paid }
    }
}

impl std::ops::Add for Money {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { promo: self.promo.saturating_add(other.promo), paid: self.paid.saturating_add(other.paid) }
    }
}

/// What an account can spend at the moment of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Purse {
    /// Money that is not held.
    pub money: Money,
    /// Whether the account may be given a play-out: once per 24 h.
    pub courtesy: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn promotional_money_is_spent_first() {
        let mut money = Money { promo: 4, paid: 10 };
        assert_eq!(money.take(6), Some(Money { promo: 4, paid: 2 }));
        assert_eq!(money.take(9), None);
        assert_eq!(money, Money { promo: 0, paid: 8 });
        assert_eq!(money.take(8), Some(Money { promo: 0, paid: 8 }));
        assert_eq!(money.take(-1), None);
    }

    #[test]
    fn paid_money_goes_back_first() {
        assert_eq!(Money { promo: 4, paid: 2 }.give_back(3), Money { promo: 1, paid: 2 });
        assert_eq!(Money { promo: 4, paid: 2 }.give_back(30), Money { promo: 4, paid: 2 });
    }
}
