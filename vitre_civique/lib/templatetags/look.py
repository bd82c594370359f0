"""What templates need to draw the house: icons, badges, the hour ring, menus, form controls."""

from functools import lru_cache

from crispy_forms.templatetags.crispy_forms_filters import as_crispy_form
from django import forms, template
from django.core.validators import EmailValidator
from django.forms.formsets import BaseFormSet
from lucide.templatetags.lucide import lucide

from vitre_civique.lib import fragments, french, navigation
from vitre_civique.lib.states_look import look_of

register = template.Library()

TICKS = 60


@register.simple_tag
@lru_cache(maxsize=256)
def icon(name, size=24):
    """A decorative inline SVG, hidden from screen readers: the word always stands beside it."""
    return lucide(name, size=size, **{"class": "icon", "aria-hidden": "true", "focusable": "false"})


@register.inclusion_tag("includes/_badge.html")
def badge(label, icon="circle", tone="neutral"):
    """Word + icon + colour. Tones: neutral, planned, done, waiting, alert, story, highlight."""
    return {"label": label, "icon": icon, "tone": tone}


@register.inclusion_tag("includes/_badge.html")
def state_badge(state, label):
    """The badge of a state (its stored value) under the words people read."""
    shown = look_of(state)
    return {"label": label, "icon": shown.icon, "tone": shown.tone}


@register.inclusion_tag("includes/_hour_ring.html")
def hour_ring(given_minutes, planned_minutes, sentence=""):
    """Sixty ticks: given ones solid, planned ones outlined. `sentence` stands beside the drawing."""
    return {"ticks": ring_ticks(given_minutes, planned_minutes), "sentence": sentence, "given": given_minutes}


@register.inclusion_tag("includes/_dial.html")
def dial():
    """The motif in large, for the home page."""
    return {"ticks": ring_ticks(TICKS, 0)}


def ring_ticks(given_minutes, planned_minutes):
    """One dict (angle, state) for each of the sixty minutes; what exceeds the hour is left to words."""
    given = min(max(given_minutes, 0), TICKS)
    planned = min(given + max(planned_minutes, 0), TICKS)
    return [
        {"angle": tick * 6, "state": "given" if tick < given else "planned" if tick < planned else "free"}
        for tick in range(TICKS)
    ]


@register.simple_tag(takes_context=True)
def menu(context, which):
    """Entries of « main », « mine », « mine-in-header » or « footer », without what does not exist yet."""
    entries = {
        "main": navigation.MAIN,
        "mine": navigation.MINE,
        "mine-in-header": navigation.MINE_IN_HEADER,
        "footer": navigation.FOOTER,
    }[which]
    request = context.get("request")
    return navigation.menu(entries, request.path if request else "")


@register.simple_tag
def url_or_empty(url_name):
    """The URL of a page that may not exist: `{% url_or_empty "x:y" as link %}{% if link %}…`."""
    return navigation.resolve_quietly(url_name)


@register.simple_tag(takes_context=True)
def error_prefix(context):
    """« Erreur :  » in front of the title when a form of the page was refused (requirement A11Y-22)."""
    # `type(value)`, because isinstance() would wake the lazy user and CSRF token of every page.
    refused = any(
        issubclass(type(value), forms.BaseForm | BaseFormSet) and value.is_bound and not value.is_valid()
        for value in context.flatten().values()
    )
    return f"Erreur{french.NBSP}: " if refused else ""


@register.filter
def filter_fields(form):
    """The fields of a GET form; drawn once for all when the form can name what they are made from.

    What stands for a form (`drawn()`) becomes one only then.
    """
    key = form.fragment_key() if hasattr(form, "fragment_key") else None
    if key is None:
        return as_crispy_form(form)
    return fragments.remembered(
        ("filter fields", *key), lambda: as_crispy_form(form.drawn() if hasattr(form, "drawn") else form)
    )


@register.simple_tag
def control(field):
    """The widget of a bound field with our classes, without placeholder (requirement A11Y-30)."""
    widget = field.field.widget
    for part in [widget, *getattr(widget, "widgets", [])]:
        part.attrs.pop("placeholder", None)
    classes = [widget.attrs.get("class", ""), control_class(widget), "is-invalid" if field.errors else ""]
    return field.as_widget(attrs={"class": " ".join(filter(None, classes))})


def control_class(widget):
    if isinstance(widget, forms.CheckboxInput | forms.RadioSelect):
        return "form-check-input"
    return "form-select" if isinstance(widget, forms.Select) else "form-control"


@register.filter
def field_kind(field):
    """Which markup a bound field needs: « check », « choices », « group » (several inputs) or « single »."""
    widget = field.field.widget
    if isinstance(widget, forms.CheckboxInput):
        return "check"
    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        return "choices"
    return "group" if widget.use_fieldset else "single"


@register.filter
def mending_messages(field):
    """The errors of a bound field; where Django only says « obligatoire », say how to mend it."""
    return [
        MENDING[code].format(label=field.label)
        if (code := mending_code(field, error)) in MENDING
        else " ".join(error.messages)
        for error in field.errors.as_data()
    ]


MENDING = {
    "check": "Cochez la case « {label} » pour continuer.",
    "choices": "Choisissez une réponse : {label}.",
    "group": "Remplissez : {label}.",
    "single": "Remplissez « {label} ».",
    "email": "Écrivez une adresse e-mail complète, par exemple : prenom.nom@exemple.fr.",
}


def mending_code(field, error):
    """Which sentence replaces a library's own message; None for messages written by us."""
    if error.code == "required" and error.message == forms.Field.default_error_messages["required"]:
        return "choices" if isinstance(field.field.widget, forms.Select) else field_kind(field)
    is_email = isinstance(field.field, forms.EmailField) and error.code == "invalid"
    return "email" if is_email and error.message == EmailValidator.message else None


@register.filter
def first_id(field):
    """The id a link of the error summary points at: the control, or the first of its group."""
    return field.id_for_label or f"{field.auto_id}_0"


register.filter("duration", french.duration)
register.filter("month_words", french.month)
register.filter("day_words", french.day)
register.filter("moment_words", french.moment)
