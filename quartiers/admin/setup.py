"""What decides who answers, how fast and in which words: services, categories, routing, standard answers."""

from django.contrib import admin

from quartiers.models import Category, Routing, ServiceInCharge, StandardAnswer
from vitre_civique.accounts.desk import DeskAdmin


@admin.register(ServiceInCharge)
class ServiceAdmin(DeskAdmin):
    add_label = "Ajouter un service"
    list_display = ["name", "email", "is_external", "fallback"]
    list_filter = ["is_external"]
    list_select_related = ["fallback"]
    search_fields = ["name"]
    raw_id_fields = ["fallback"]


@admin.register(Category)
class CategoryAdmin(DeskAdmin):
    add_label = "Ajouter une catégorie"
    list_display = ["name", "family", "service", "acknowledge_days", "answer_days", "is_active"]
    list_filter = ["family", "service", "is_active"]
    list_select_related = ["service"]
    search_fields = ["name"]
    fieldsets = [
        (None, {"fields": [("name", "code"), ("family", "service"), ("position", "is_active")]}),
        ("Ce que le référent lit", {"fields": ["hint", "emergency_note"]}),
        ("Délais promis, en jours ouvrés", {"fields": [("acknowledge_days", "answer_days")]}),
    ]


@admin.register(Routing)
class RoutingAdmin(DeskAdmin):
    add_label = "Ajouter une règle"
    list_display = ["category", "where", "person"]
    list_display_links = ["category"]
    list_filter = ["category__family", "quartier"]
    list_select_related = ["category", "quartier", "person"]
    search_fields = ["category__name"]
    raw_id_fields = ["person"]

    @admin.display(description="quartier", ordering="quartier__name")
    def where(self, routing):
        return routing.quartier or "Toute la ville"


@admin.register(StandardAnswer)
class StandardAnswerAdmin(DeskAdmin):
    add_label = "Ajouter une réponse"
    list_display = ["title", "act", "for_category", "is_active"]
    list_filter = ["act", "is_active"]
    list_select_related = ["category"]
    search_fields = ["title", "text"]

    @admin.display(description="catégorie", ordering="category__name")
    def for_category(self, answer):
        return answer.category or "Toutes"
