"""The three tax models of QuickBooks, one strategy each; pure."""

from sandbox.quickbooks.settings import CompanySettings
from sandbox.quickbooks.taxation.model import Code, Taxation, TaxModel
from sandbox.quickbooks.taxation.us_automated import AUTOMATED
from sandbox.quickbooks.taxation.us_manual import MANUAL
from sandbox.quickbooks.taxation.worldwide import WORLDWIDE


def model_of(settings: CompanySettings) -> TaxModel:
    """The model of a company: the country decides, and in the US whether automated sales tax is on."""
    if settings.country != "US":
        return WORLDWIDE
    return AUTOMATED if settings.partner_tax == "on" else MANUAL


__all__ = ["Code", "TaxModel", "Taxation", "model_of"]
